// A plugin for opencode that writes down which conversation its agent has, and its heartbeat where the roster asks for
// it: see guides/heartbeat.md.
import { execFile } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";

const INTERVAL = 15_000;

export const Mosaic = async () => {
  const { MOSAIC_AGENT_HOME: home, MOSAIC_AGENT_NAME: name, MOSAIC_AGENT_HEARTBEATS: beats } = process.env;
  for (const variable of (process.env.MOSAIC_UNTIL_PLUGIN ?? "").split(" ")) delete process.env[variable];
  delete process.env.MOSAIC_UNTIL_PLUGIN;
  if (!home || !name) return {};
  let conversation;

  // What goes wrong is seen by the heartbeat's age; opencode's screen is no place for it.
  const beat = (...state) => {
    if (beats === "1") execFile(`${home}/tools/fleet/beat.sh`, state, () => {});
  };

  // One of a subagent has a parent.
  const keep = ({ id, parentID }) => {
    if (parentID || id === conversation) return;
    const part = `${home}/fleet/run/.${name}.session.${process.pid}`;
    try {
      writeFileSync(part, `opencode ${id}\n`);
      renameSync(part, `${home}/fleet/run/${name}.session`);
      conversation = id;
    } catch {
      // No room, or no folder: tried again with the next event.
    }
  };

  setInterval(beat, INTERVAL).unref();
  beat("idle");
  return {
    event: async ({ event }) => {
      switch (event.type) {
        case "session.created":
        case "session.updated":
          return keep(event.properties.info);
        case "session.status":
          return beat(event.properties.status.type === "idle" ? "idle" : "busy");
        case "session.idle":
          return beat("idle");
        case "permission.asked":
          return beat("blocked");
      }
    },
  };
};
