/** One bar: what it stands for, its height, and the part of it that failed. */
export interface Bar {
  readonly key: string
  readonly label: string
  readonly value: number
  readonly failed?: number
  readonly link: string
}

interface BarsProps {
  readonly bars: readonly Bar[]
  readonly height: number
  /** What a bar says to a screen reader, and in its title. */
  readonly say: (bar: Bar) => string
}

const width = 1000

/** Bars as SVG. Each is a link to its runs. */
export function Bars({ bars, height, say }: BarsProps) {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const step = width / Math.max(1, bars.length)
  const tall = (value: number) => (value / most) * height
  return (
    <svg class="bars" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" height={height}>
      <title>Runs over time. The table below has the same figures.</title>
      {bars.map((bar, index) => (
        <a key={bar.key} href={bar.link} aria-label={say(bar)}>
          <title>{say(bar)}</title>
          <rect class="hit" x={index * step} y={0} width={step} height={height} />
          <rect
            class="bar"
            x={index * step + step * 0.1}
            y={height - tall(bar.value)}
            width={step * 0.8}
            height={tall(bar.value)}
          />
          <rect
            class="bar-failed"
            x={index * step + step * 0.1}
            y={height - tall(bar.failed ?? 0)}
            width={step * 0.8}
            height={tall(bar.failed ?? 0)}
          />
        </a>
      ))}
    </svg>
  )
}
