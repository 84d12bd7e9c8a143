import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { rollBackTool, type Tool, versionQuery, versionsQuery } from '../api/tools.ts'
import { DiffView } from '../output/diff-view.tsx'
import { moment } from '../text/formats.ts'
import { CutNotice } from '../ui/cut-notice.tsx'
import { Badge, Button, ProblemNotice, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import styles from './tools.module.css'

/** The versions of a tool, what they differ in from the newest one, and the way back. */
export function Versions({ tool, isOwn }: { readonly tool: Tool; readonly isOwn: boolean }) {
  const { t } = useTranslation()
  const { data: versions, error } = useQuery(versionsQuery(tool.id))
  const [shown, setShown] = useState<number | null>(null)
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!versions) return <Waiting />
  const rollBack = (version: number) =>
    rollBackTool(tool, version).then(
      () => setShown(null),
      (thrown: unknown) => setProblem(problemOf(thrown)),
    )
  return (
    <div className={table.section}>
      {problem && <ProblemNotice problem={problem} />}
      <ul className={styles.versions}>
        {versions.items.map(({ version, createdAt, name }) => (
          <li key={version}>
            <strong>{t('tools.version', { version })}</strong>
            <code>{name}</code>
            <span className={table.muted}>{moment(createdAt)}</span>
            {version === tool.version ? (
              <Badge tone="good">{t('tools.current')}</Badge>
            ) : (
              <span className={`${table.row} ${styles.spacer}`}>
                <Button
                  isSmall
                  aria-expanded={shown === version}
                  onClick={() => setShown(shown === version ? null : version)}
                >
                  {t('tools.differences')}
                </Button>
                {isOwn && (
                  <Button isSmall onClick={() => void rollBack(version)}>
                    {t('tools.rollBack')}
                  </Button>
                )}
              </span>
            )}
          </li>
        ))}
      </ul>
      <CutNotice list={versions} />
      {shown !== null && <Differences id={tool.id} before={shown} after={tool.version} />}
    </div>
  )
}

function Differences({
  id,
  before,
  after,
}: {
  readonly id: string
  readonly before: number
  readonly after: number
}) {
  const { t } = useTranslation()
  const [earlier, later] = [useQuery(versionQuery(id, before)), useQuery(versionQuery(id, after))]
  if (!earlier.data || !later.data) return <Waiting />
  return (
    <DiffView
      label={t('tools.differences')}
      before={textOf(earlier.data.content)}
      after={textOf(later.data.content)}
    />
  )
}

/** A version as a text: its code as it is, the rest as JSON. */
function textOf({ definition, ...rest }: Readonly<Record<string, unknown>>): string {
  const { code, ...more } = (
    typeof definition === 'object' && definition !== null ? definition : {}
  ) as Record<string, unknown>
  const facts = JSON.stringify({ ...rest, definition: more }, null, 2)
  return typeof code === 'string' ? `${code}\n${facts}` : facts
}
