// The parts of the AWS SDK's middleware that are used here, as documented.

/** Arguments passed down the stack. `input` is the command's; `request` is present once serialised. */
export interface CallArguments {
  readonly input: unknown
  readonly request?: unknown
}

/** An answer of the request handler. */
export interface HttpResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Results passed up the stack. `output` is present once the response was deserialised. */
export interface CallResult {
  readonly response: unknown
  readonly output?: unknown
}

export type Handler = (args: CallArguments) => Promise<CallResult>

/** One object for all middleware of a command. */
export interface CallContext {
  readonly commandName?: string
  readonly __smithy_context?: { readonly abortSignal?: Partial<AbortSignal> }
}

export type Middleware = (next: Handler, context: CallContext) => Handler

interface MiddlewareOptions {
  readonly name: string
  readonly step: 'initialize' | 'deserialize'
  readonly priority: 'high' | 'low'
  readonly override: true
}

export interface MiddlewareStack {
  add(middleware: Middleware, options: MiddlewareOptions): void
}

export function isHttpResponse(response: unknown): response is HttpResponse {
  const { statusCode, headers } = (response ?? {}) as Partial<HttpResponse>
  return typeof statusCode === 'number' && typeof headers === 'object' && headers !== null
}
