interface Moving {
  readonly count: number
  readonly selected: number
  select(index: number): void
}

/** Moves the selection by keys. Returns what stops it. Single letters are off while somebody types. */
export function keysOf({ count, selected, select }: Moving): () => void {
  const act: Readonly<Record<string, () => void>> = {
    j: () => select(Math.min(count - 1, selected + 1)),
    k: () => select(Math.max(0, selected - 1)),
    ArrowDown: () => select(Math.min(count - 1, selected + 1)),
    ArrowUp: () => select(Math.max(0, selected - 1)),
    G: () => select(count - 1),
    '/': () => document.querySelector<HTMLInputElement>('#filter')?.focus(),
  }
  const onKey = (event: KeyboardEvent) => {
    const isTyping = (event.target as Element).matches('input, textarea, select')
    if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return
    const action = act[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}
