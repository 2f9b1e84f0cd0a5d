// An extension for pi that writes its agent's heartbeat: see guides/heartbeat.md.
import { execFile } from "node:child_process";

const INTERVAL = 15_000;

export default function (pi) {
  const script = `${process.env.MOSAIC_AGENT_HOME}/tools/fleet/beat.sh`;
  let timer;

  // What goes wrong is seen by the heartbeat's age; pi's screen is no place for it.
  const beat = (...state) => execFile(script, state, () => {});

  pi.on("session_start", () => {
    clearInterval(timer);
    timer = setInterval(beat, INTERVAL);
    timer.unref();
    beat("idle");
  });
  pi.on("agent_start", () => void beat("busy"));
  pi.on("agent_settled", () => void beat("idle"));
  pi.on("session_shutdown", () => clearInterval(timer));
}
