import { sayAs } from 'agentchat-sandbox-base/command/terminal'

/** Says one thing of our own on standard error, under our name. */
export const say = sayAs('agentchat-sandbox-server')
