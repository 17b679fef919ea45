// A time of day in the conversation plays the recording from there.
const recording = document.getElementById("recording");
for (const button of document.querySelectorAll("button.seek")) {
  button.addEventListener("click", () => {
    recording.currentTime = Math.max(Number(button.dataset.secs), 0);
    recording.play();
  });
}
