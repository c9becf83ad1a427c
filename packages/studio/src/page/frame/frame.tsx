import { address } from '../address/address.ts'
import { isSignedOut } from '../api/session.ts'
import { Overview } from '../overview/overview.tsx'
import { Runs } from '../runs/runs.tsx'
import { FilterBar } from './filter-bar.tsx'
import { SignIn } from './sign-in.tsx'
import { TopBar } from './top-bar.tsx'

/** The page: bars, and the view of the address. */
export function Frame() {
  if (isSignedOut.value) return <SignIn />
  const { pathname } = address.value
  return (
    <div class="frame">
      <TopBar />
      {pathname === '/' && (
        <>
          <FilterBar />
          <Overview />
        </>
      )}
      {pathname === '/runs' && (
        <>
          <FilterBar />
          <Runs />
        </>
      )}
    </div>
  )
}
