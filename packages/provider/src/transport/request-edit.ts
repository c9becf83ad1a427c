import type { EventFilter } from '../sse/event-rules.ts'
import type { ModelRequest } from './model-request.ts'

/** Changes requests on their way to the host, in a way that the application cannot notice. */
export interface RequestEdit {
  /** The body to be sent in place of the request's, or `undefined` where it is sent as it is. */
  edit(request: ModelRequest): string | undefined
  /** Whether this answer to an edited request may refuse the edit: the request is sent once more, as it was. */
  mayRefuse(request: ModelRequest, response: Response): Promise<boolean>
  /** Takes note of the answer to the request as it was. */
  sentAsItWas(request: ModelRequest, response: Response): void
  /** Removes from the stream that answers an edited request what is there because of the edit. */
  filterOf(request: ModelRequest, response: Response): EventFilter
}
