"""What the model may do, one async function a tool."""
