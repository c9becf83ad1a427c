// The part of the AWS SDK's middleware that is used here, as its documentation describes it.

/** What goes down the stack. `input` is the command's; `request` is there once it was serialized. */
export interface CallArguments {
  readonly input: unknown
  readonly request?: unknown
}

/** An answer as the request handler gives it. */
export interface HttpResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What comes up the stack. `output` is there once the response was deserialized. */
export interface CallResult {
  readonly response: unknown
  readonly output?: unknown
}

export type Handler = (args: CallArguments) => Promise<CallResult>

/** One object for all middlewares of a command. */
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
