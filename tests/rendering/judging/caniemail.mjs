// usage: node caniemail.mjs FOLDER FILE.html ...
// Prints as JSON which features of the files which mail programs lack; FOLDER has
// node_modules with caniemail.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(folder, 'anything.js')));
const { caniemail } = await import(pathToFileURL(require.resolve('caniemail')));
const clients = ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*', 'mail-ru.*',
  'thunderbird.*', 'samsung-email.*', 'protonmail.*'];
const lacking = {};
for (const file of files) {
  const html = readFileSync(file, 'utf8');
  for (const [client, found] of caniemail({ clients, html }).issues.errors) {
    for (const { title } of found) (lacking[title] ??= new Set()).add(client);
  }
}
console.log(JSON.stringify(lacking, (_, value) => value instanceof Set ? [...value] : value));
