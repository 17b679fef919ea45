"""What the peers in Python answer Twilio's webhook with, and nothing more."""

from xml.sax.saxutils import quoteattr

from fastapi import FastAPI, Request, Response


def build_app() -> FastAPI:
    """An application that connects every call to its `/media-stream`."""
    app = FastAPI()
    app.add_api_route("/health", health)
    app.add_api_route("/voice", voice, methods=["POST"])
    return app


async def health() -> dict[str, str]:
    """Whether the process runs."""
    return {"status": "ok"}


async def voice(request: Request) -> Response:
    """Connect the call to the stream."""
    url = f"ws://{request.headers['host']}/media-stream"
    twiml = f"<Response><Connect><Stream url={quoteattr(url)}/></Connect></Response>"
    return Response(twiml, media_type="application/xml")
