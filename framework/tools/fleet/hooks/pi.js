// An extension for pi that writes down which conversation its agent has, and its heartbeat where the roster asks for it: see
// guides/heartbeat.md.
import { execFile } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";

const INTERVAL = 15_000;

export default function (pi) {
  const { MOSAIC_AGENT_HOME: home, MOSAIC_AGENT_NAME: name, MOSAIC_AGENT_HEARTBEATS: beats } = process.env;
  if (!home || !name) return;
  let timer;

  // What goes wrong is seen by the heartbeat's age; pi's screen is no place for it.
  const beat = (...state) => {
    if (beats === "1") execFile(`${home}/tools/fleet/beat.sh`, state, () => {});
  };

  // After /new it is another one than pi was started with, and a start goes on with that.
  const keep = (id) => {
    const part = `${home}/fleet/run/.${name}.session.${process.pid}`;
    try {
      writeFileSync(part, `pi ${id}\n`);
      renameSync(part, `${home}/fleet/run/${name}.session`);
    } catch {
      // No room, or no folder: what was written down before still counts.
    }
  };

  pi.on("session_start", (_event, context) => {
    keep(context.sessionManager.getSessionId());
    clearInterval(timer);
    timer = setInterval(beat, INTERVAL);
    timer.unref();
    beat("idle");
  });
  pi.on("agent_start", () => void beat("busy"));
  pi.on("agent_settled", () => void beat("idle"));
  pi.on("session_shutdown", () => clearInterval(timer));
}
