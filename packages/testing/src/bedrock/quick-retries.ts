interface RetryToken {
  getRetryCount(): number
  getRetryDelay(): number
}

/** A retry strategy in the SDK's form: three attempts, as by default, without delays. */
export const quickRetries = {
  mode: 'standard',
  acquireInitialRetryToken: async (): Promise<RetryToken> => tokenOf(0),
  refreshRetryTokenForRetry: async (
    token: RetryToken,
    { errorType }: { readonly errorType: string },
  ): Promise<RetryToken> => {
    const count = token.getRetryCount() + 1
    if (errorType === 'CLIENT_ERROR' || count >= 3) throw new Error('There are no attempts left.')
    return tokenOf(count)
  },
  recordSuccess: (): void => {},
}

const tokenOf = (count: number): RetryToken => ({ getRetryCount: () => count, getRetryDelay: () => 0 })
