import { useState } from 'preact/hooks'
import { signIn } from '../api/session.ts'

/** Takes a key once; the browser keeps it where no script reads it. */
export function SignIn() {
  const [problem, setProblem] = useState<string>()
  const enter = (event: SubmitEvent) => {
    event.preventDefault()
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem('key') as HTMLInputElement
    signIn({ key: input.value.trim() }).catch((error: Error) => setProblem(error.message))
  }
  return (
    <main class="sign-in">
      <h1>Runtape</h1>
      <form onSubmit={enter as never}>
        <label for="key">A key of this server, with the scope read</label>
        <input id="key" name="key" type="password" autocomplete="current-password" required />
        <button type="submit">Open</button>
        {problem !== undefined && <output class="problem">{problem}</output>}
      </form>
      <p>
        <code>runtape keys create --scope read</code> makes one.
      </p>
    </main>
  )
}
