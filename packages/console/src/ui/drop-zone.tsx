import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import styles from './drop-zone.module.css'
import { Button } from './parts.tsx'

/** Takes files that are dropped or chosen. */
export function DropZone({
  onAdd,
  choose,
  accept,
  isOne = false,
  children,
}: {
  /** Is called with one file or more. */
  readonly onAdd: (files: readonly File[]) => void
  /** What the button says. */
  readonly choose: string
  /** Which files are offered first to choose from, as in HTML. */
  readonly accept?: string
  /** Takes one file; of several that are dropped, the first one. */
  readonly isOne?: boolean
  readonly children: ReactNode
}) {
  const field = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  const add = (files: FileList | null) => {
    const added = [...(files ?? [])].slice(0, isOne ? 1 : undefined)
    if (added.length > 0) onAdd(added)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    add(event.dataTransfer.files)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same by keyboard
    <div
      className={`${styles.drop} ${isOver ? styles.over : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span>{children}</span>
      <Button isSmall icon="file" onClick={() => field.current?.click()}>
        {choose}
      </Button>
      <input
        ref={field}
        type="file"
        multiple={!isOne}
        accept={accept}
        hidden
        onChange={(event) => {
          add(event.target.files)
          event.target.value = ''
        }}
      />
    </div>
  )
}
