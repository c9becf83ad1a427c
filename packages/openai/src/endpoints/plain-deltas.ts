const marker = '"delta":{"content":"'
// What may follow in a chunk that brings nothing but text: a whole JSON string, and fields that say nothing.
const plain =
  /([^"\\\p{Cc}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\p{Cc}]*)*)"\},(?:"logprobs":null,)?"finish_reason":null\}\](?:,"usage":null)?(?:,"obfuscation":"[^"\\\p{Cc}]*")?\}\n\n/uy

/**
 * Reads the text out of chunks that are all alike but for it, as those of a long answer are, at a fraction of what
 * parsing them costs.
 */
export class PlainDeltas {
  #start = ''
  #parts: string[] = []

  /** Takes this event, which was parsed, for what the next ones look like. */
  learn(text: string): void {
    const at = text.indexOf(marker)
    this.#start =
      at !== -1 && text.startsWith('data: {') && isFirstChoice(text, at)
        ? text.slice(0, at + marker.length)
        : ''
  }

  /** Takes the event that begins here and gives where it ends; -1 when it is not like the one before. */
  take(text: string, at: number): number {
    if (this.#start === '' || !text.startsWith(this.#start, at)) return -1
    plain.lastIndex = at + this.#start.length
    const found = plain.exec(text)
    if (!found) return -1
    this.#parts.push(found[1] as string)
    return plain.lastIndex
  }

  /** The text that was taken since the last time. */
  flush(): string {
    if (this.#parts.length === 0) return ''
    const text = JSON.parse(`"${this.#parts.join('')}"`) as string
    this.#parts = []
    return text
  }
}

const isFirstChoice = (text: string, at: number) => text.endsWith('"choices":[{"index":0,', at)
