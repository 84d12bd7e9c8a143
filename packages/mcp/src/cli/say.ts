import { sayAs } from 'agentchat-sandbox-base/command/terminal'

/** Says one thing of our own on standard error: standard output belongs to the protocol. */
export const say = sayAs('agentchat-sandbox-mcp')
