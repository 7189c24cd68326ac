"""Outputs: where documents are copied to, besides being served by the service itself.

`output` says what an output must do, `folder` writes for any static server on `disk`,
`s3` to S3-compatible storage through a `bucket`,
and `mirror` brings each output every change once, in order, whatever happened before.
"""
