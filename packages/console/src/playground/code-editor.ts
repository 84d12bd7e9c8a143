import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  snippetCompletion,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { globalCompletion, localCompletionSource, python, pythonLanguage } from '@codemirror/lang-python'
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, type Extension, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
  placeholder,
  WidgetType,
} from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'

/** A name that the session holds. */
export interface KnownName {
  readonly name: string
  readonly type: string
}

/** A line of the code that went wrong, from 1 on, with what is said about it. */
export interface MarkedLine {
  readonly line: number
  readonly title: string
  readonly hint: string | null
}

/** Python has colours and completion, a text has neither. */
export type Language = 'python' | 'text'

export interface CodeEditorOptions {
  readonly parent: HTMLElement
  readonly code: string
  readonly label: string
  readonly placeholder: string
  readonly onChange: (code: string) => void
  /** Ctrl-Enter or Cmd-Enter, while no input method composes. */
  readonly onRun: () => void
  readonly names: () => readonly KnownName[]
  readonly language: Language
}

/** An editor in a page. */
export interface CodeEditor {
  readonly setCode: (code: string) => void
  readonly mark: (marks: readonly MarkedLine[]) => void
  readonly setReadOnly: (isReadOnly: boolean) => void
  readonly focus: () => void
  readonly destroy: () => void
}

/** Makes an editor; its styles carry the nonce of the page. */
export function createCodeEditor(options: CodeEditorOptions): CodeEditor {
  const readOnly = new Compartment()
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.code,
      extensions: [extensionsOf(options), readOnly.of([])],
    }),
  })
  return {
    setCode: (code) => {
      if (code === view.state.doc.toString()) return
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: code } })
    },
    mark: (marks) => view.dispatch({ effects: setMarks.of(marks) }),
    setReadOnly: (isReadOnly) =>
      view.dispatch({ effects: readOnly.reconfigure(isReadOnly ? EditorState.readOnly.of(true) : []) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  }
}

function extensionsOf({
  label,
  placeholder: hint,
  onChange,
  onRun,
  names,
  language,
}: CodeEditorOptions): Extension {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
  const runKey = {
    key: 'Mod-Enter',
    run: (view: EditorView) => {
      if (view.composing) return false
      onRun()
      return true
    },
  }
  return [
    EditorView.cspNonce.of(nonce),
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of(language === 'python' ? '    ' : '  '),
    EditorState.tabSize.of(4),
    bracketMatching(),
    closeBrackets(),
    language === 'python' ? pythonExtensions(names) : [],
    syntaxHighlighting(classHighlighter),
    EditorView.lineWrapping,
    placeholder(hint),
    markedLine,
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
    overSelection,
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString())
    }),
    keymap.of([
      runKey,
      { key: 'Tab', run: acceptCompletion },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'),
      ...historyKeymap,
      indentWithTab,
    ]),
  ]
}

function pythonExtensions(names: CodeEditorOptions['names']): Extension {
  return [
    autocompletion({
      defaultKeymap: true,
      override: [localCompletionSource, globalCompletion, sessionNames(names)],
    }),
    python(),
    pythonLanguage.data.of({ autocomplete: SNIPPETS }),
  ]
}

/**
 * What is typed over a selection is put in by the editor. A browser that did it itself would keep the look of what was
 * there in style attributes, which the policy of the page refuses.
 */
const overSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection
    if (event.inputType !== 'insertText' || event.data === null || main.empty || view.composing) return false
    event.preventDefault()
    const { from, to } = main
    const insert = () =>
      view.state.update(view.state.replaceSelection(event.data ?? ''), { userEvent: 'input.type' })
    const isTaken = view.state
      .facet(EditorView.inputHandler)
      .some((handler) => handler(view, from, to, event.data ?? '', insert))
    if (!isTaken) view.dispatch(insert())
    return true
  },
})

const SNIPPETS = [snippetCompletion('for ${item} in ${items}:\n    ${}', { label: 'for', type: 'keyword' })]

function sessionNames(names: () => readonly KnownName[]) {
  return (context: CompletionContext) => {
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*/u)
    if (word === null && !context.explicit) return null
    const options = names().map(({ name, type }) => ({
      label: name,
      detail: type,
      type: 'variable',
      boost: 2,
    }))
    return { from: word?.from ?? context.pos, options, validFor: /^[\p{L}\p{N}_]*$/u }
  }
}

const setMarks = StateEffect.define<readonly MarkedLine[]>()

class HintWidget extends WidgetType {
  readonly #marked: MarkedLine

  constructor(marked: MarkedLine) {
    super()
    this.#marked = marked
  }

  override toDOM(): HTMLElement {
    const element = document.createElement('div')
    element.className = 'cm-error-hint'
    const title = document.createElement('strong')
    title.textContent = this.#marked.title
    element.append(title)
    if (this.#marked.hint !== null) element.append(` ${this.#marked.hint}`)
    return element
  }
}

/** The lines that are wrong; the first change of the code takes the marks away. */
const markedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue
      const { doc } = transaction.state
      const shown = effect.value.filter(({ line }) => line >= 1 && line <= doc.lines)
      const decorations = shown.flatMap((marked) => {
        const { from, to } = doc.line(marked.line)
        return [
          Decoration.line({ class: 'cm-error-line' }).range(from),
          Decoration.widget({ widget: new HintWidget(marked), block: true, side: 1 }).range(to),
        ]
      })
      return Decoration.set(decorations, true)
    }
    return transaction.docChanged ? Decoration.none : marks
  },
  provide: (field) => EditorView.decorations.from(field),
})
