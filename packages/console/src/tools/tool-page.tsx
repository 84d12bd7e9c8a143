import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import type { Self } from '../api/self.ts'
import { changeTool, toolQuery } from '../api/tools.ts'
import { Secrets } from '../playground/secrets.tsx'
import { Page } from '../ui/page.tsx'
import { Badge, Button, ProblemNotice, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { PageTabs } from '../ui/tabs.tsx'
import { DeleteTool } from './delete-tool.tsx'
import { EditTool } from './edit-tool.tsx'
import { TryTool } from './try-tool.tsx'
import { Versions } from './versions.tsx'

/** One tool: to try, to change, with its versions. */
export function ToolPage({
  id,
  part,
  self,
}: {
  readonly id: string
  readonly part: string
  readonly self: Self
}) {
  const { t } = useTranslation()
  const { data: tool, error } = useQuery(toolQuery(id))
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!tool) return <Waiting />
  const isOwn = tool.ownerId === self.user.id || self.user.role === 'admin'
  const hasSecrets = isOwn && tool.kind === 'python'
  const toggle = () =>
    changeTool(tool, { enabled: !tool.enabled }).then(
      () => setProblem(null),
      (thrown: unknown) => setProblem(problemOf(thrown)),
    )
  const tabs = [
    [`/tools/${id}`, t('tools.try')],
    ...(isOwn ? [[`/tools/${id}/edit`, t('tools.edit')] as const] : []),
    ...(hasSecrets ? [[`/tools/${id}/secrets`, t('secrets.title')] as const] : []),
    [`/tools/${id}/versions`, t('tools.versions')],
    ...(isOwn ? [[`/tools/${id}/delete`, t('session.delete')] as const] : []),
  ] as const
  return (
    <Page
      title={tool.displayName}
      lead={tool.description}
      actions={
        isOwn && <Button onClick={toggle}>{t(tool.enabled ? 'tools.disable' : 'tools.enable')}</Button>
      }
    >
      <p className={table.row}>
        <code>{tool.name}</code>
        <Badge>{t(`tools.kinds.${tool.kind}`)}</Badge>
        {tool.system && <Badge tone="accent">{t('tools.system')}</Badge>}
        <Badge tone={tool.enabled ? 'good' : 'warn'}>
          {t(tool.enabled ? 'tools.enabled' : 'tools.disabled')}
        </Badge>
        <span className={table.muted}>{t('tools.version', { version: tool.version })}</span>
        <Link className={table.muted} href={`/activity?toolId=${id}`}>
          {t('tools.runs')}
        </Link>
      </p>
      {problem && <ProblemNotice problem={problem} />}
      <PageTabs label={tool.displayName} tabs={tabs} />
      {part === 'edit' && isOwn ? (
        <EditTool tool={tool} />
      ) : part === 'versions' ? (
        <Versions tool={tool} isOwn={isOwn} />
      ) : part === 'secrets' && hasSecrets ? (
        <Secrets owner={{ kind: 'tool', id }} />
      ) : part === 'delete' && isOwn ? (
        <DeleteTool tool={tool} />
      ) : (
        <TryTool key={tool.version} tool={tool} />
      )}
    </Page>
  )
}
