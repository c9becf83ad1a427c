import { expect, test } from 'vitest'
import { decodeValue } from '../capture/decode.ts'
import { encodeValue } from '../capture/payload.ts'

const keptOf = (value: unknown) => decodeValue(encodeValue(value))

test.each([
  ['<password>letmein</password>', '<password>[redacted]</password>'],
  [
    '<soap:Body><wsse:Password Type="x#PasswordText">hunter2!</wsse:Password></soap:Body>',
    '<soap:Body><wsse:Password Type="x#PasswordText">[redacted]</wsse:Password></soap:Body>',
  ],
  [
    '<r><user>ada</user><apiKey><![CDATA[k9<x77aa]]></apiKey></r>',
    '<r><user>ada</user><apiKey>[redacted]</apiKey></r>',
  ],
  [
    '<form><input type="password" id="pw" value="letmein"></form>',
    '<form><input type="password" id="pw" value="[redacted]"></form>',
  ],
  [
    "<input value='a b' autocomplete=off type='password'/>",
    "<input value='[redacted]' autocomplete=off type='password'/>",
  ],
  [
    '<add key="DbPassword" value="letmein" />\n<add key="Timeout" value="30" />',
    '<add key="DbPassword" value="[redacted]" />\n<add key="Timeout" value="30" />',
  ],
  ['<property name="password">letmein</property>', '<property name="password">[redacted]</property>'],
  ['<db user="ada" password="letmein"/>', '<db user="ada" password="[redacted]"/>'],
])('markup: %s', (text, kept) => {
  expect(keptOf(text)).toBe(kept)
  expect(keptOf(JSON.stringify({ body: text }))).toBe(JSON.stringify({ body: kept }))
})

test.each([
  ['deploy --password letmein', 'deploy --password [redacted]'],
  ['deploy --env prod --token 9f8e7d --force', 'deploy --env prod --token [redacted] --force'],
  ["$ npx deploy --api-key 'k9 x y' && ls", "$ npx deploy --api-key '[redacted]' && ls"],
  ['failed: deploy --db-password hunter2!', 'failed: deploy --db-password [redacted]'],
  ['curl -u ada:letmein https://a.example/', 'curl -u ada:[redacted] https://a.example/'],
  [
    'curl -s --user "ada:correct horse" https://a.example/',
    'curl -s --user "ada:[redacted]" https://a.example/',
  ],
  ['sshpass -p letmein ssh ada@host', 'sshpass -p [redacted] ssh ada@host'],
  ['mysqldump -u root -pletmein shop', 'mysqldump -u root -p[redacted] shop'],
])('a command in one text: %s', (text, kept) => {
  expect(keptOf(text)).toBe(kept)
  expect(keptOf({ said: [`ran:\n${text}\nok`] })).toEqual({ said: [`ran:\n${kept}\nok`] })
})

test.each([
  ["Map(1) { 'password' => 'letmein' }", "Map(1) { 'password' => '[redacted]' }"],
  [
    "Map(2) { 'user' => 'ada', 'api_key' => '8c1f09ab77' }",
    "Map(2) { 'user' => 'ada', 'api_key' => '[redacted]' }",
  ],
  ['{"password" => "letmein"}', '{"password" => "[redacted]"}'],
])('a logged Map: %s', (text, kept) => {
  expect(keptOf(text)).toBe(kept)
})

const named: Record<string, unknown> = {
  label: { label: 'Password', value: 's3cret' },
  'label of a form': [{ label: 'Enter your API key', type: 'text', value: 's3cret' }],
  title: { label: 'PIN', title: 'Passcode', value: 's3cret' },
  patch: [{ op: 'replace', path: '/users/0/password', value: 's3cret' }],
  'patch of immer': [{ op: 'add', path: ['users', 0, 'apiKey'], value: 's3cret' }],
  change: { field: 'password', oldValue: 's3cret', newValue: 's3cret' },
  short: { k: 'password', v: 's3cret' },
  auth: { url: 'https://a.example', auth: ['ada', 's3cret'] },
  'auth of a request of node': { host: 'a.example', auth: 'ada:s3cret' },
  'option of curl': ['curl', '-u', 'ada:s3cret', 'https://a.example'],
  'option of a child process': ['-s', '--user', 'ada:s3cret'],
}

test.each(Object.entries(named))('a value next to its name is redacted: %s', (_name, value) => {
  for (const at of [value, { deep: [value] }, JSON.stringify(value)]) {
    const payload = encodeValue(at)
    expect(payload.json).not.toContain('s3cret')
    expect(payload.redacted?.length).toBeGreaterThan(0)
    expect(() => decodeValue(payload)).not.toThrow()
  }
})

test.each([
  // Models, versions and names, after a word that also names secrets.
  'token: gpt-4o-2024-08-06',
  'counted by token: claude-3-5-sonnet-20241022',
  'the token: ERC-20-compatible',
  'token=text-embedding-3-small',
  // Code.
  'password=form.password1',
  'login({ user, password: this.form1.password2 })',
  'secret = config.db2.secret1',
  // Markup without a secret.
  '<input type="password" name="password" placeholder="Password" value="">',
  '<input type="password" value={state.password}>',
  '<input type="password" value="{{ password }}"/>',
  '<string name="password">Password</string>',
  '<password>Enter your password</password>',
  `<password>$${'{DB_PASSWORD}'}</password><token>none</token>`,
  '<label for="password">Password 2</label><option value="password">Password</option>',
  '<xs:element name="password" type="xs:string"/>',
  '<Password value={value1} onChange={change}/>',
  // Usage of commands.
  'Usage: deploy --password <password> [--token TOKEN]',
  '  -p, --password string   Password of the registry',
  'Use --password to set one, or the --token option.',
  'deploy --password $DB_PASSWORD --token "$(cat token)" --api-key {{key}}',
  'deploy --password-stdin --password',
  'docker run -u 1000:1000 --user node:node app',
  'cp -p a:b c; ssh -p 2222 host; mysql -p',
  // Maps and arrows.
  'password => hash(password), const key => value1',
  "Map(1) { 'password' => [Function: check] }",
])('a text without a secret is kept: %s', text => {
  expect(encodeValue(text)).toEqual({ json: JSON.stringify(text) })
})

test('similar fields, options and lists are kept', () => {
  const value = {
    options: [
      { label: 'Reset password', value: 'reset-password' },
      { label: 'Show password', value: true },
      { label: 'Color', value: 'red' },
    ],
    route: { path: '/api/password', value: 'x', method: 'POST' },
    patch: { op: 'replace', path: '/passwordHint', value: 'a pet' },
    removed: { op: 'remove', path: '/password' },
    auth: ['jwt', 'basic'],
    scopes: { auth: ['admin', 'user', 'x9'] },
    auths: { auth: 'oauth:google' },
    run: ['docker', 'run', '-u', '1000:1000', '--user', 'node:node'],
    change: { field: 'name', oldValue: 'a', newValue: 'b' },
    vector: { k: 3, v: 'x' },
  }
  expect(encodeValue(value)).not.toHaveProperty('redacted')
  expect(encodeValue(JSON.stringify(value))).not.toHaveProperty('redacted')
})
