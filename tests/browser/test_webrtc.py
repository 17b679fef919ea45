"""`python bot.py` in a real browser, by WebRTC.

Pipecat's own page fetches what it needs for the microphone from daily.co, so that it takes a
network; a few lines of script stand in for it.
"""

import asyncio
from pathlib import Path

from playwright.async_api import Error, Page

from simulator.realtime import RealtimeSimulator, Say
from tests.browser.chromium import open_chromium
from tests.browser.handset import write_speech
from tests.e2e.product import Answers
from tests.e2e.test_pipecat_runner import pipecat_runner

CONNECT = """async () => {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  window.connection = new RTCPeerConnection();
  microphone.getTracks().forEach((track) => connection.addTrack(track, microphone));
  window.told = [];
  const channel = connection.createDataChannel("rtvi-ai");
  channel.onmessage = ({ data }) => told.push(JSON.parse(data));
  channel.onopen = () => channel.send(JSON.stringify(
    { label: "rtvi-ai", type: "client-ready", id: "1", data: { version: "1.0.0" } }));
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") {
    await new Promise((done) => { connection.onicegatheringstatechange = done; });
  }
  const { sdp, type } = connection.localDescription;
  const headers = { "Content-Type": "application/json" };
  const offer = { method: "POST", headers, body: JSON.stringify({ sdp, type }) };
  await connection.setRemoteDescription(await (await fetch("/api/offer", offer)).json());
}"""

HEARD = """async () => [...(await connection.getStats()).values()].some(
  ({ type, totalAudioEnergy }) => type === "inbound-rtp" && totalAudioEnergy > 0.001)"""

SAID = """words => told.filter(({ type }) => type === "bot-tts-text")
  .map(({ data }) => data.text).join("").includes(words)"""


async def open_when_up(page: Page, url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await page.goto(url)
            except Error:  # the runner is still starting
                await asyncio.sleep(0.2)
            else:
                return


async def test_a_browser_hears_the_agent_and_is_heard(tmp_path: Path) -> None:
    speech = tmp_path / "microphone.wav"
    await asyncio.to_thread(write_speech, speech, 2.5, "Hot stones, please.")
    answers = Answers([Say("Welcome.")], [Say("Gladly.")])
    async with (
        RealtimeSimulator(lambda: answers) as model,
        pipecat_runner(model.url, tmp_path, line=None) as port,
        open_chromium(
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={speech}%noloop",
        ) as browser,
    ):
        page = await browser.new_page()
        await open_when_up(page, f"http://127.0.0.1:{port}/status")
        await page.evaluate(CONNECT)
        await page.wait_for_function(SAID, arg="Welcome.")
        await page.wait_for_function(HEARD)
        await page.wait_for_function(SAID, arg="Gladly.")
        kinds = [message["type"] for message in await page.evaluate("told")]
        await page.evaluate("connection.close()")  # whoever just vanishes is missed much later
    assert {"bot-ready", "bot-started-speaking", "user-started-speaking"} <= {*kinds}
