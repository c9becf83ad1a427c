import type { SpanRecord, TapeRecord } from '@runtape/core'
import type { ListedRun, Page, RunQuery, RunRow, Store } from '@runtape/core/store'
import { expectTypeOf } from 'vitest'
import type { z } from 'zod'
import type { storeCalls } from './calls.ts'

// Each schema has the type of core, in both directions: with the same optional fields, too.

type Calls = typeof storeCalls
type Name = keyof Calls
type Input<K extends Name> = z.infer<Calls[K]['input']>
type Result<K extends Name> = z.infer<Calls[K]['result']>

/** The same fields on all levels, whatever is an interface, an intersection or read-only. */
type Plain<T> = T extends Date | string | number | boolean | null | undefined
  ? T
  : unknown extends T
    ? T
    : { readonly [F in keyof T]: Plain<T[F]> }

type Same<A, B> = [Identical<Plain<A>, Plain<B>>] extends [true] ? true : false
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** The member of the store, such as `runs.get`. */
type Member<K extends string> = K extends `${infer Part}.${infer Call}`
  ? Store[Part & keyof Store][Call & keyof Store[Part & keyof Store]]
  : Store[K & keyof Store]
type Arguments<K extends string> =
  Member<K> extends (...args: infer A extends readonly unknown[]) => unknown ? A : never
type Resolved<K extends string> =
  Member<K> extends (...args: never[]) => Promise<infer R> ? (R extends void ? undefined : R) : never

/** The argument after ids and names. */
type LastOf<K extends string> =
  Required<Arguments<K>> extends readonly [...unknown[], infer Last] ? Exclude<Last, undefined> : never
/** Over HTTP, `asOf` of a read of now does not exist. */
type Taken<T> = T extends { readonly asOf?: never } & object ? Omit<T, 'asOf'> : T

type NoQuery =
  | 'cohorts.remove'
  | 'budgets.remove'
  | 'budgets.check'
  | 'budgets.list'
  | 'views.list'
  | 'views.get'
  | 'health.get'
  | 'revision'
type NamedArguments = 'prune' | 'erase' | 'testRuns.item' | 'testRuns.complete' | 'views.remove'
type Usual = Exclude<Name, NoQuery | NamedArguments | 'runs.list' | 'append'>

type WrongInput = { [K in Usual]: Same<Input<K>, Taken<LastOf<K>>> extends true ? never : K }[Usual]
expectTypeOf<WrongInput>().toBeNever()

type WrongNoQuery = { [K in NoQuery]: keyof Input<K> extends string ? never : K }[NoQuery]
expectTypeOf<WrongNoQuery>().toBeNever()

type Field<K extends Name, F extends string> = Required<Input<K>>[F & keyof Input<K>]
type Argument<K extends Name, I extends number> = Required<Arguments<K>>[I]
expectTypeOf<
  [
    Same<Field<'prune', 'query'>, Argument<'prune', 0>>,
    Same<Field<'prune', 'options'>, Argument<'prune', 1>>,
    Same<Field<'erase', 'target'>, Argument<'erase', 0>>,
    Same<Field<'erase', 'options'>, Argument<'erase', 1>>,
    Same<Field<'testRuns.item', 'identity'>, Argument<'testRuns.item', 1>>,
    Same<Field<'testRuns.item', 'options'>, Argument<'testRuns.item', 2>>,
    Same<Field<'testRuns.complete', 'status'>, Argument<'testRuns.complete', 1>>,
    Same<Field<'testRuns.complete', 'result'>, Argument<'testRuns.complete', 2>>,
    Same<Field<'views.remove', 'version'>, Argument<'views.remove', 1>>,
  ]
>().toEqualTypeOf<[true, true, true, true, true, true, true, true, true]>()

// `runs.list` is overloaded.
expectTypeOf<Same<Input<'runs.list'>, RunQuery & { readonly fields?: 'row' }>>().toEqualTypeOf<true>()
expectTypeOf<
  Same<Extract<Result<'runs.list'>, { items: { events: unknown }[] }>, Page<ListedRun>>
>().toEqualTypeOf<true>()
expectTypeOf<
  Same<Exclude<Result<'runs.list'>, { items: { events: unknown }[] }>, Page<RunRow>>
>().toEqualTypeOf<true>()

type WithResult = Exclude<Name, 'runs.list'>
type WrongResult = { [K in WithResult]: Same<Result<K>, Resolved<K>> extends true ? never : K }[WithResult]
expectTypeOf<WrongResult>().toBeNever()

// A record has no deferred payload, which is never on the tape.
type Appended = Input<'append'>[number]
expectTypeOf<Plain<TapeRecord>>().toExtend<Plain<Appended>>()
expectTypeOf<Plain<Appended>>().toExtend<Plain<TapeRecord>>()
expectTypeOf<keyof Extract<Appended, { kind: 'span' }>>().toEqualTypeOf<keyof SpanRecord>()
