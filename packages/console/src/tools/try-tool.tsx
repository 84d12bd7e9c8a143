import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { executeTool, operationsOf, type Tool } from '../api/tools.ts'
import { TextView } from '../output/display-view.tsx'
import { CellOutput } from '../playground/cell-output.tsx'
import { recordedRun } from '../playground/recorded-run.ts'
import { Run } from '../playground/run.ts'
import { Actions, Badge, Button, Card, ProblemNotice, Select } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'
import { argumentsOf, fieldsOf, SchemaForm } from './schema-form.tsx'

const IDLE = new Run()

/** A tool to try, with a form made of the schema of its arguments. */
export function TryTool({ tool }: { readonly tool: Tool }) {
  const { t } = useTranslation()
  const operations = operationsOf(tool)
  const [chosen, setChosen] = useState(operations[0]?.id ?? '')
  const operation = operations.find(({ id }) => id === chosen) ?? operations[0]
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [outcome, setOutcome] = useState<Awaited<ReturnType<typeof executeTool>> | null>(null)
  const { problem, isBusy, attempt } = useDeed()
  if (operation === undefined) return null
  async function call(event: FormEvent) {
    event.preventDefault()
    setOutcome(null)
    await attempt(async () => {
      const args = argumentsOf(fieldsOf(operation?.parameters ?? {}), values)
      setOutcome(await executeTool(tool.id, args, tool.kind === 'openapi' ? operation?.id : undefined))
    })
  }
  return (
    <form className={table.form} onSubmit={call}>
      {operations.length > 1 && (
        <Select
          label={t('tools.operation')}
          value={operation.id}
          onChange={(event) => setChosen(event.target.value)}
        >
          {operations.map(({ id, method, path }) => (
            <option key={id} value={id}>
              {id} · {method.toUpperCase()} {path}
            </option>
          ))}
        </Select>
      )}
      {operation.method !== '' && (
        <p className={table.row}>
          <Badge tone="accent">{operation.method.toUpperCase()}</Badge> <code>{operation.path}</code>
          <span className={table.muted}>{operation.description}</span>
        </p>
      )}
      <SchemaForm
        key={operation.id}
        schema={operation.parameters}
        values={values}
        problem={problem}
        onChange={setValues}
      />
      {problem && <ProblemNotice problem={problem} />}
      <Actions>
        <Button type="submit" kind="primary" icon="play" disabled={isBusy || !tool.enabled}>
          {isBusy ? t('playground.phase.running') : t('tools.call')}
        </Button>
      </Actions>
      {outcome?.execution && (
        <Card>
          <CellOutput state={recordedRun(outcome.execution)} run={IDLE} />
        </Card>
      )}
      {outcome?.answer && (
        <div className={table.section}>
          <p className={table.row}>
            <Badge tone={outcome.answer.status < 400 ? 'good' : 'bad'}>{outcome.answer.status}</Badge>
            <span className={table.muted}>{outcome.answer.contentType}</span>
          </p>
          <TextView
            text={
              typeof outcome.answer.body === 'string'
                ? outcome.answer.body
                : JSON.stringify(outcome.answer.body, null, 2)
            }
          />
        </div>
      )}
    </form>
  )
}
