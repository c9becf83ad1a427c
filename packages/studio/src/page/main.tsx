import { render } from 'preact'
import { follow } from './address/address.ts'
import { redeemToken } from './api/session.ts'
import { Frame } from './frame/frame.tsx'

await redeemToken()
document.addEventListener('click', follow)
render(<Frame />, document.body)
