"""What large mailbox providers ask of a message, asked before it is sent.

`lint_message` reads the finished bytes, as a provider does; the rules are data, in one
module for each part of a message.
"""
