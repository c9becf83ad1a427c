interface Moving {
  readonly count: number
  /** Two keys may come before the page is drawn again. */
  select(next: (selected: number) => number): void
}

/** Moves the selection by keys. Returns what stops it. Single letters are off while somebody types. */
export function keysOf({ count, select }: Moving): () => void {
  const down = () => select(selected => Math.min(count - 1, selected + 1))
  const up = () => select(selected => Math.max(0, selected - 1))
  const act: Readonly<Record<string, () => void>> = {
    ...{ j: down, ArrowDown: down, k: up, ArrowUp: up, G: () => select(() => count - 1) },
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
