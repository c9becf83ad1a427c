export function writeOldRuns(
  path: string,
  options: { schema: string; applicationId: number; runs: number; firstAt: number },
): void
