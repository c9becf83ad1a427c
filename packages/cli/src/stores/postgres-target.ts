import { Misuse } from '../arguments/usage-error.ts'

/** Where the tables of a store in Postgres are. */
interface Target {
  readonly connectionString: string
  readonly schema?: string
}

/** Whether `--store` is the address of a Postgres database. */
export const isPostgres = (store: string | undefined): store is string =>
  store !== undefined && /^postgres(ql)?:\/\//.test(store)

/** The database and the schema of an address: `postgres://user@host/database?schema=name`. */
export function postgresTarget(store: string): Target {
  if (!URL.canParse(store))
    // The address is not shown: it may contain a password.
    throw new Misuse(
      'The address of --store is not a valid URL. Encode special characters of the password: "@" is %40.',
    )
  const url = new URL(store)
  const schema = url.searchParams.get('schema')
  url.searchParams.delete('schema')
  return { connectionString: url.href, ...(schema !== null && { schema }) }
}

/** The package, which only those need who use Postgres. */
export async function postgresPackage(): Promise<typeof import('@runtape/store-postgres')> {
  try {
    return await import('@runtape/store-postgres')
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Misuse('A store in Postgres needs a package: npm install @runtape/store-postgres.')
  }
}

/** @throws {Misuse} for an address, if the command works on files only */
export function requireFile(store: string | undefined): void {
  if (isPostgres(store))
    throw new Misuse(
      'This command works on an SQLite file. For Postgres use its own tools, such as pg_dump for a backup.',
    )
}
