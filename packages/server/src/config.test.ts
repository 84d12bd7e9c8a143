import { expect, test } from 'vitest'
import { maskedConfig, readConfig } from './config.ts'

test('readConfig() takes a flag before a variable before the default; an empty variable is none', () => {
  expect(readConfig({}).port).toBe(8787)
  expect(readConfig({ AGENTCHAT_PORT: '' }).host).toBe('127.0.0.1')
  expect(readConfig({ AGENTCHAT_PORT: '1' }).port).toBe(1)
  expect(readConfig({ AGENTCHAT_PORT: '1' }, { port: '2' }).port).toBe(2)
  expect(
    readConfig({ AGENTCHAT_CORS_ORIGINS: 'https://a.example, https://b.example' }).corsOrigins,
  ).toHaveLength(2)
})

test('readConfig() names every variable that is wrong, and shows no secret', () => {
  const env = {
    AGENTCHAT_PORT: '70000',
    AGENTCHAT_SECRET_KEY: 'short',
    DATABASE_URL: 'mysql://root:geheim@x/',
  }
  expect(() => readConfig(env)).toThrow(/AGENTCHAT_PORT \("70000"\).*DATABASE_URL:.*AGENTCHAT_SECRET_KEY: /s)
  expect(() => readConfig(env)).not.toThrow(/geheim|short/)
})

test('maskedConfig() shows every setting under its variable, without secrets', () => {
  const config = readConfig({
    DATABASE_URL: 'postgres://user:geheim@db.example/agentchat?sslpassword=geheim',
    AGENTCHAT_SECRET_KEY: Buffer.alloc(32, 3).toString('base64'),
    AGENTCHAT_ADMIN_PASSWORD: 'geheim-geheim-geheim',
  })
  const shown = maskedConfig(config)
  expect(JSON.stringify(shown)).not.toMatch(/geheim|AwMD/)
  expect(shown).toMatchObject({
    AGENTCHAT_PORT: 8787,
    AGENTCHAT_SECRET_KEY: '[masked]',
    AGENTCHAT_PUBLIC_URL: null,
  })
})
