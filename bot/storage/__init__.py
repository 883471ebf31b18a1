"""What Jigi remembers. Every SQL statement of the project is in this package.

`schema` has the tables, `engine` opens and migrates the database, `transactions` sees that what was begun is finished.
`database` holds verdicts and hands out the other stores.
"""
