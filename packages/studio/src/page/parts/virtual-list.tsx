import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'

interface VirtualListProps {
  readonly label: string
  readonly count: number
  readonly rowHeight: number
  readonly selected: number
  row(index: number): ComponentChildren
  /** The last loaded row is near. */
  onEnd(): void
}

/** A list of which only the rows in view are in the document. */
export function VirtualList({ label, count, rowHeight, selected, row, onEnd }: VirtualListProps) {
  const box = useRef<HTMLDivElement>(null)
  const [, draw] = useState(0)
  const virtualizer = useMemo(
    () =>
      new Virtualizer<HTMLDivElement, HTMLDivElement>({
        ...{ count, estimateSize: () => rowHeight, overscan: 8, getScrollElement: () => box.current },
        ...{ observeElementRect, observeElementOffset, scrollToFn: elementScroll },
        onChange: () => draw(times => times + 1),
      }),
    [],
  )
  virtualizer.setOptions({ ...virtualizer.options, count })
  useEffect(() => virtualizer._didMount(), [])
  useEffect(() => virtualizer._willUpdate())
  useEffect(() => {
    if (selected >= 0) virtualizer.scrollToIndex(selected, { align: 'auto' })
  }, [selected])
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (count > 0 && last > count - 100) onEnd()
  }, [last, count])
  return (
    <div ref={box} class="virtual" role="listbox" aria-label={label} tabIndex={0}>
      <Spacer height={virtualizer.getTotalSize()}>
        {items.map(item => (
          <Row key={item.key} item={item} count={count} isSelected={item.index === selected}>
            {row(item.index)}
          </Row>
        ))}
      </Spacer>
    </div>
  )
}

// Sizes and places are set by script: the policy of the page allows no style attributes.
function Spacer({ height, children }: { height: number; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (box.current) box.current.style.height = `${height}px`
  }, [height])
  return (
    <div ref={box} class="spacer">
      {children}
    </div>
  )
}

interface RowProps {
  readonly item: VirtualItem
  readonly count: number
  readonly isSelected: boolean
  readonly children: ComponentChildren
}

function Row({ item, count, isSelected, children }: RowProps) {
  const place = (box: HTMLDivElement | null) => {
    if (box) box.style.transform = `translateY(${item.start}px)`
  }
  return (
    <div
      ref={place}
      class="row"
      role="option"
      tabIndex={-1}
      aria-selected={isSelected}
      aria-posinset={item.index + 1}
      aria-setsize={count}
    >
      {children}
    </div>
  )
}
