import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import {
  createSession,
  forkSession,
  removeSession,
  sessionFilesQuery,
  sessionQuery,
  sessionsQuery,
  writeSessionFile,
} from '../api/sessions.ts'
import { ago, bytes, count } from '../text/formats.ts'
import { CutNotice } from '../ui/cut-notice.tsx'
import { DropZone } from '../ui/drop-zone.tsx'
import { Icon } from '../ui/icons.tsx'
import { Badge, Button, ProblemNotice, Select, TextField } from '../ui/parts.tsx'
import { Rewind } from './rewind.tsx'
import { Secrets } from './secrets.tsx'
import styles from './side.module.css'

/** Which session the code runs in, or none. */
export function SessionChoice({
  sessionId,
  allowNet,
}: {
  readonly sessionId: string | null
  readonly allowNet: readonly string[]
}) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const { data: listed } = useQuery(sessionsQuery)
  const sessions = listed?.items ?? []
  const [isNaming, setNaming] = useState(false)
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    try {
      const { id } = await createSession({
        name: name === '' ? null : name,
        permissions: { allowNet: [...allowNet] },
      })
      setNaming(false)
      setProblem(null)
      go(`/playground/${id}`)
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  const isListed = sessionId === null || sessions.some(({ id }) => id === sessionId)
  return (
    <div className={styles.group}>
      <Select
        label={t('session.label')}
        hint={
          (sessionId === null || listed?.isCut) && (
            <>
              {sessionId === null && t('session.none.hint')} <CutNotice list={listed} />
            </>
          )
        }
        value={sessionId ?? ''}
        onChange={(event) =>
          go(event.target.value === '' ? '/playground' : `/playground/${event.target.value}`)
        }
      >
        <option value="">{t('session.none.label')}</option>
        {!isListed && <option value={sessionId ?? ''}>{sessionId}</option>}
        {sessions.map(({ id, name, lastUsedAt }) => (
          <option key={id} value={id}>
            {name ?? `${t('session.unnamed')} · ${ago(lastUsedAt)}`}
          </option>
        ))}
      </Select>
      {isNaming ? (
        <form className={styles.inline} onSubmit={create}>
          <TextField label={t('session.name')} name="name" maxLength={200} autoFocus />
          <div className={styles.row}>
            <Button type="submit" kind="primary" isSmall>
              {t('session.create')}
            </Button>
            <Button kind="quiet" isSmall onClick={() => setNaming(false)}>
              {t('cancel')}
            </Button>
          </div>
        </form>
      ) : (
        <Button isSmall icon="plus" onClick={() => setNaming(true)}>
          {t('session.new')}
        </Button>
      )}
      {problem && <ProblemNotice problem={problem} />}
    </div>
  )
}

/** What a session is and holds, and what can be done with it. */
export function SessionPanel({
  sessionId,
  onRemoved,
}: {
  readonly sessionId: string
  readonly onRemoved: () => void
}) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const { data: session, error } = useQuery(sessionQuery(sessionId))
  const { data: files = [], refetch } = useQuery({
    ...sessionFilesQuery(sessionId),
    enabled: session?.content != null,
  })
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isSure, setSure] = useState(false)
  const trying = (work: () => Promise<unknown>) => () => {
    setProblem(null)
    void work().catch((thrown: unknown) => setProblem(problemOf(thrown)))
  }
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!session) return null
  const { content } = session
  const { allowNet = [] } = session.permissions
  return (
    <>
      <div className={styles.group}>
        <div className={styles.row}>
          <Badge tone={session.state === 'live' ? 'good' : 'plain'}>
            {t(session.state === 'live' ? 'session.live' : 'session.atRest')}
          </Badge>
          {content && (
            <span className={styles.muted}>
              {t('session.saved', { when: ago(content.savedAt), size: bytes(session.bytes) })}
            </span>
          )}
        </div>
        {allowNet.length > 0 && (
          <p className={styles.note}>
            <Badge tone="warn">{t('options.dangerous')}</Badge> {allowNet.join(', ')}
          </p>
        )}
        <div className={styles.row}>
          <Button
            isSmall
            icon="fork"
            onClick={trying(async () =>
              go(`/playground/${(await forkSession(sessionId, session.name && `${session.name} ′`)).id}`),
            )}
          >
            {t('session.fork')}
          </Button>
          <Rewind session={session} onFailed={(thrown) => setProblem(problemOf(thrown))} />
          {isSure ? (
            <Button
              isSmall
              kind="danger"
              icon="trash"
              onClick={trying(async () => {
                await removeSession(sessionId)
                onRemoved()
              })}
            >
              {t('session.reallyDelete')}
            </Button>
          ) : (
            <Button isSmall kind="danger" icon="trash" onClick={() => setSure(true)}>
              {t('session.delete')}
            </Button>
          )}
        </div>
        {problem && <ProblemNotice problem={problem} />}
      </div>
      <section className={styles.group} aria-label={t('session.variables')}>
        <h3>{t('session.variables')}</h3>
        {content === null || content.names.length === 0 ? (
          <p className={styles.note}>{t('session.noVariables')}</p>
        ) : (
          <table className={styles.names}>
            <thead>
              <tr>
                <th>{t('session.variable')}</th>
                <th>{t('session.type')}</th>
                <th>{t('session.size')}</th>
              </tr>
            </thead>
            <tbody>
              {content.names.map(({ name, type, size }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td>{type}</td>
                  <td>{bytes(size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {content !== null && content.moreNames > 0 && (
          <p className={styles.note}>{t('session.moreNames', { amount: count(content.moreNames) })}</p>
        )}
      </section>
      <div className={styles.group}>
        <h3>{t('secrets.title')}</h3>
        <Secrets owner={{ kind: 'session', id: sessionId }} />
      </div>
      <section className={styles.group} aria-label={t('session.files')}>
        <h3>{t('session.files')}</h3>
        <DropZone
          choose={t('files.choose')}
          onAdd={(added) =>
            trying(async () => {
              for (const file of added) await writeSessionFile(sessionId, file)
              await refetch()
            })()
          }
        >
          {t('files.drop')}
        </DropZone>
        <ul className={styles.list}>
          {files
            .filter(({ type }) => type === 'file')
            .map(({ name, size }) => (
              <li key={name}>
                <span className={styles.fileName}>{name}</span>
                <span className={styles.muted}>{bytes(size)}</span>
                <a href={`/api/v1/sessions/${sessionId}/files/${encodeURIComponent(name)}`} download={name}>
                  <Icon name="download" size={15} />
                  <span className="visually-hidden">{t('files.download', { name })}</span>
                </a>
              </li>
            ))}
        </ul>
      </section>
    </>
  )
}
