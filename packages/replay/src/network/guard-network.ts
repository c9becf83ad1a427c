import { type Logger, RuntapeError } from '@runtape/core'
import { type ActiveReplay, currentFrame, warnSafely } from '@runtape/core/internal'
import { type AllowedRequest, isAllowed } from './allowed-request.ts'
import { type OutgoingRequest, patchNetwork } from './patch-network.ts'

/** Requests that replayed code may send: none, or these. */
export type GuardNetwork = boolean | { readonly allow: readonly AllowedRequest[] }

/** Refuses requests of the guarded replays. */
export interface NetworkGuard {
  /** Guards a replay while it runs. */
  watch(replay: ActiveReplay): void
  /** The first refused request of this replay. */
  refused(replay: ActiveReplay): RuntapeError | undefined
  /** Restores `fetch`, `http` and `https` when the last guard is released. */
  release(): void
}

interface Watched {
  readonly key: string
  readonly allow: readonly AllowedRequest[]
  readonly logger: Logger
  refused: RuntapeError | undefined
}

const watched = new WeakMap<ActiveReplay, Watched>()

/** A guard for one call of `replay`; `undefined` if the option is off. */
export function guardNetwork(
  option: GuardNetwork | undefined,
  key: string,
  logger: Logger,
): NetworkGuard | undefined {
  if (option === undefined || option === false) return undefined
  const allow = option === true ? [] : option.allow
  const release = patchNetwork(checkRequest)
  return {
    watch: replay => void watched.set(replay, { key, allow, logger, refused: undefined }),
    refused: replay => watched.get(replay)?.refused,
    release,
  }
}

/** Other code in the process has no replay frame and is not affected. */
function checkRequest(request: OutgoingRequest): RuntapeError | undefined {
  const replay = currentFrame()?.replay
  const guard = replay && watched.get(replay)
  if (!guard || isAllowed(request.url, guard.allow)) return undefined
  const error = refusal(request, guard.key, replay)
  guard.refused ??= error
  warnSafely(guard.logger, error.message)
  return error
}

function refusal(
  { method, url }: OutgoingRequest,
  key: string,
  { sourceTraceId }: ActiveReplay,
): RuntapeError {
  // Passwords and queries must not be in a message.
  const { origin, pathname, host } = url
  return new RuntapeError(
    'network-refused',
    `${method} ${origin}${pathname} was not sent: the replay of '${key}' (trace ${sourceTraceId}) requested it, and it ` +
      `is neither mocked nor allowed. Mock the traced call that sends it, or allow it: --allow-host ${host} (guardNetwork: { allow: ['${host}'] }).`,
  )
}
