"""The rules of the conversation, without a database: where people talk, who may still change what, what is found."""
