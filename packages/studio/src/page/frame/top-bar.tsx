import { address, linkTo } from '../address/address.ts'

const views = [
  ['/', 'Overview'],
  ['/runs', 'Runs'],
] as const

export function TopBar() {
  const { pathname } = address.value
  return (
    <header class="top-bar">
      <a class="brand" href={linkTo('/', {})}>
        Runtape
      </a>
      <nav aria-label="Views">
        {views.map(([path, name]) => (
          <a key={path} href={linkTo(path, {})} aria-current={pathname === path ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
    </header>
  )
}
