/** The part of `fetch` that the tap stands in for. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>
