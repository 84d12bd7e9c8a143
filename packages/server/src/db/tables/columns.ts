import { customType, timestamp } from 'drizzle-orm/pg-core'

/**
 * A JSON value as text. PostgreSQL's own type refuses U+0000, which a program may print, and orders keys anew.
 */
export const json = <Value>(name: string) =>
  customType<{ data: Value; driverData: string }>({
    dataType: () => 'text',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (text) => JSON.parse(text) as Value,
  })(name)

/** A text for people, which may quote what came from elsewhere: U+0000 in it would refuse the row. */
export const told = (name: string) =>
  customType<{ data: string; driverData: string }>({
    dataType: () => 'text',
    toDriver: (text) => text.replaceAll('\0', '\ufffd'),
  })(name)

/** A moment. */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
/** When the row was written first. */
export const createdAt = () => time('created_at').notNull().defaultNow()
/** When the row was changed last. */
export const updatedAt = () => time('updated_at').notNull().defaultNow()
