import { resolve } from 'node:path'
import { z } from 'zod'

// What the value of a setting may be. Each is a text in the environment, and says what is wrong with it.

const number = (error: string, schema: z.ZodNumber) =>
  z
    .string()
    .trim()
    .regex(/^[+-]?\d/, error)
    .transform(Number)
    .pipe(schema)
export const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`
  return number(error, z.int(error).min(min, error).max(max, error))
}
export const amount = (max: number) => {
  const error = `must be a number above 0, at most ${max}`
  return number(error, z.number(error).positive(error).max(max, error))
}
export const upTo = (max: number) => {
  const error = `must be a number from 0 to ${max}`
  return number(error, z.number(error).min(0, error).max(max, error))
}
export const choice = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, `must be one of: ${names.join(', ')}`)
export const flag = z.stringbool({ error: 'must be true or false' })
export const text = (min: number, max: number) => {
  const error = `must have ${min} to ${max} characters`
  return z.string().min(min, error).max(max, error)
}
export const list = z
  .string()
  .transform((text) => text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()])))
export const folder = z
  .string()
  .min(1)
  .transform((path) => resolve(path))
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })

const addresses = 'must be IP addresses or ranges such as 10.0.0.0/8, separated by commas'
export const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], addresses)
export const key = z
  .base64('must be 32 bytes in base64')
  .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')

export const natsUrls = z
  .string()
  .regex(
    /^(nats|tls):\/\/[^,\s@]+(,\s*(nats|tls):\/\/[^,\s@]+)*$/,
    'must be nats:// or tls:// URLs without credentials',
  )
export const machineName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be 1 to 40 of a-z, 0-9 and "-"')

export const headerEntry = z
  .string()
  .regex(
    /^[\w-]{1,100}=(?:[\x21-\x24\x26-\x7e]|%[0-7][\da-fA-F]){1,2000}$/,
    'must be entries such as authorization=Bearer%20KEY',
  )

export const anomalyAction = z.string().regex(/^[a-z-]+=[a-z-]+$/, 'must be entries such as critical=webhook')
