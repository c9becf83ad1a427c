import type { EventFilter } from '../sse/event-rules.ts'
import type { ModelRequest } from './model-request.ts'

/** Changes requests on their way to the host. The application cannot notice. */
export interface RequestEdit {
  /** The body to send instead; `undefined` to send the request unchanged. */
  edit(request: ModelRequest): string | undefined
  /** Whether this answer to an edited request may be a refusal of the edit. If so, the original request is sent. */
  mayRefuse(request: ModelRequest, response: Response): Promise<boolean>
  /** Called with the answer to the original request. */
  sentAsItWas(request: ModelRequest, response: Response): void
  /** Hides what the edit added to the stream that answers an edited request. */
  filterOf(request: ModelRequest, response: Response): EventFilter
}
