import { type Logger, RuntapeError } from '@runtape/core'
import { type ActiveReplay, currentFrame, warnSafely } from '@runtape/core/internal'
import { type AllowedRequest, isAllowed } from './allowed-request.ts'
import { type OutgoingRequest, patchNetwork } from './patch-network.ts'

/** Which requests replayed code may send: none at all, or these. */
export type GuardNetwork = boolean | { readonly allow: readonly AllowedRequest[] }

/** Refuses what the replays in its care would send. */
export interface NetworkGuard {
  /** Takes a replay in its care, for as long as it runs. */
  watch(replay: ActiveReplay): void
  /** The first request of this replay that was refused. */
  refused(replay: ActiveReplay): RuntapeError | undefined
  /** Leaves `fetch`, `http` and `https` as they were, when the last guard goes. */
  release(): void
}

interface Watched {
  readonly key: string
  readonly allow: readonly AllowedRequest[]
  readonly logger: Logger
  refused: RuntapeError | undefined
}

const watched = new WeakMap<ActiveReplay, Watched>()

/** A guard for one call of `replay`; nothing where none is asked for. */
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

/** Whatever runs beside the replay has no frame of it, and is left alone. */
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
  // Neither a password nor what a query may hold is for a message.
  const { origin, pathname, host } = url
  return new RuntapeError(
    'network-refused',
    `${method} ${origin}${pathname} was not sent: the replay of '${key}' (trace ${sourceTraceId}) requested it, and it ` +
      `is neither mocked nor allowed. Mock the traced call that sends it, or allow it: --allow-host ${host} (guardNetwork: { allow: ['${host}'] }).`,
  )
}
