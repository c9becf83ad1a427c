// An OAuth client: the tool's result contains a secret, which is not on the tape.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { scope: 'read' }

const getToken = traced('oauth.token', { mockOnReplay: true }, async (user: string) => {
  effect('oauth token')
  return { accessToken: `${user}.${'x'.repeat(20)}.sig`, expiresAt: new Date(1_800_000_000_000) }
})

const profile = traced('oauth.profile', async (user: string) => {
  const { accessToken, expiresAt } = await getToken(user)
  const [subject, payload] = accessToken.split('.')
  if (payload === undefined) throw new Error(`This is no token: ${accessToken}`)
  return { subject, expiresAt, scope: settings.scope }
})

export const application: Application = {
  name: 'a tool that gives a secret',
  entry: profile,
  inputs: [['ada'], ['bo']],
  unchanged: {
    reports: { outcome: 'failed', missed: ['oauth.token'], changed: ['oauth.token'] },
    reason: /redacted/,
  },
  change: {
    make: changing(settings, { scope: 'write' }),
    reports: { outcome: 'failed', missed: ['oauth.token'], changed: ['oauth.token'] },
  },
}
