import { useTranslation } from 'react-i18next'
import type { ServiceProblem } from '../api/problem.ts'
import { ServiceProblem as Problem } from '../api/problem.ts'
import { Select, TextArea, TextField } from '../ui/parts.tsx'
import table from '../ui/table.module.css'

/** One argument, as a form asks for it. */
export interface SchemaField {
  readonly name: string
  readonly kind: 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'json'
  readonly choices: readonly unknown[]
  readonly description: string
  readonly isRequired: boolean
  readonly initial: string
}

/** The fields of a JSON Schema of arguments. What no field can hold is asked for as JSON. */
export function fieldsOf(schema: Readonly<Record<string, unknown>>): SchemaField[] {
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(objectOf(schema.properties)).map(([name, each]) => {
    const { type, enum: choices, description, default: initial } = objectOf(each)
    const isChoice = Array.isArray(choices) && choices.length > 0
    const kinds = { string: 'text', number: 'number', integer: 'integer', boolean: 'boolean' } as const
    const kind = isChoice
      ? 'choice'
      : (Object.entries(kinds).find(([known]) => known === type)?.[1] ?? 'json')
    return {
      ...{ name, kind, choices: isChoice ? choices : [], isRequired: required.includes(name) },
      description: typeof description === 'string' ? description : '',
      initial: initial === undefined ? '' : kind === 'text' ? String(initial) : JSON.stringify(initial),
    }
  })
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

/** The arguments of what was typed. @throws ServiceProblem for what is no JSON where JSON is asked for */
export function argumentsOf(
  fields: readonly SchemaField[],
  values: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const args: Record<string, unknown> = {}
  for (const { name, kind, isRequired, initial } of fields) {
    const text = values[name] ?? initial
    if (text === '' && !(isRequired && kind === 'text')) continue
    if (kind === 'text') args[name] = text
    else
      try {
        args[name] = JSON.parse(text)
      } catch (error) {
        const problem = error instanceof Error ? error.message : ''
        throw new Problem(422, {
          detail: `${name}: ${problem}`,
          problems: [{ path: `arguments.${name}`, problem }],
        })
      }
  }
  return args
}

/** A form for arguments. */
export function SchemaForm({
  schema,
  values,
  problem,
  onChange,
}: {
  readonly schema: Readonly<Record<string, unknown>>
  readonly values: Readonly<Record<string, string>>
  readonly problem: ServiceProblem | null
  readonly onChange: (values: Readonly<Record<string, string>>) => void
}) {
  const { t } = useTranslation()
  const fields = fieldsOf(schema)
  if (fields.length === 0) return <p className={table.muted}>{t('tools.noArguments')}</p>
  return fields.map((field) => {
    const { name, kind, choices, description, isRequired, initial } = field
    const common = {
      label: isRequired ? name : `${name} (${t('tools.optional')})`,
      hint: kind === 'json' ? [description, 'JSON'].filter(Boolean).join(' · ') : description,
      problem: problem?.of(`arguments.${name}`),
      required: isRequired && kind !== 'text',
      value: values[name] ?? initial,
      onChange: (event: { readonly target: { readonly value: string } }) =>
        onChange({ ...values, [name]: event.target.value }),
    }
    if (kind === 'json') return <TextArea key={name} {...common} rows={3} spellCheck={false} />
    if (kind === 'boolean' || kind === 'choice')
      return (
        <Select key={name} {...common}>
          <option value="">–</option>
          {(kind === 'boolean' ? [true, false] : choices).map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {String(choice)}
            </option>
          ))}
        </Select>
      )
    const number = kind === 'text' ? {} : { type: 'number', step: kind === 'integer' ? 1 : 'any' }
    return <TextField key={name} {...common} {...number} />
  })
}
