import { computed, signal } from '@preact/signals'

// The address is the state: everything that a view shows follows from it.

const now = signal(location.href)
addEventListener('popstate', () => {
  now.value = location.href
})

/** The address as it is now. */
export const address = computed(() => new URL(now.value))

/** A parameter of the address; empty if it is absent. */
export const parameter = (name: string): string => address.value.searchParams.get(name) ?? ''

export type Parameters = Readonly<Record<string, string | undefined>>

/** The address of a view with these parameters; others of the address are kept where `keeps` names them. */
export function linkTo(path: string, given: Parameters, keeps: readonly string[] = ['q', 'tz']): string {
  const kept = keeps.map(name => [name, parameter(name)] as const)
  const all = new Map<string, string | undefined>([...kept, ...Object.entries(given)])
  const set = [...all].filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
  return `${path}${set.length > 0 ? `?${new URLSearchParams(set)}` : ''}`
}

/** Goes to an address. `replace` is for what going back should not undo step by step: a selection. */
function goTo(link: string, how: 'push' | 'replace' = 'push'): void {
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', link)
  now.value = location.href
}

/** Changes parameters of this address. */
export function setParameters(given: Parameters, how: 'push' | 'replace' = 'push'): void {
  const all = [...address.value.searchParams.keys()]
  goTo(linkTo(address.value.pathname, given, all), how)
}

/** For links: navigates within the page, unless the browser is asked for a tab of its own. */
export function follow(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  const link = (event.target as Element).closest('a')
  if (!isPlain || !link || link.origin !== location.origin || link.target !== '') return
  event.preventDefault()
  goTo(link.href)
}
