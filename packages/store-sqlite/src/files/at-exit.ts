/** Follows a file. */
export interface Follower {
  look(): void
  /** From now on, check before each use: the process is exiting. */
  lookAlways(): void
}

const followers = new Set<Follower>()

/** Checks once more when the process exits. Returns an undo function. */
export function followUntilExit(follower: Follower): () => void {
  if (followers.size === 0) process.on('exit', onExit)
  followers.add(follower)
  return () => {
    followers.delete(follower)
    if (followers.size === 0) process.off('exit', onExit)
  }
}

/** Makes all followers in this process check their files now. */
export function lookAtAll(): void {
  for (const follower of followers) follower.look()
}

function onExit(): void {
  for (const follower of followers) follower.lookAlways()
}
