import { render } from 'preact'
import { redeemToken } from './api/session.ts'
import { Frame } from './frame/frame.tsx'

await redeemToken()
render(<Frame />, document.body)
