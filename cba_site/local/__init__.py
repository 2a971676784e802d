"""The servers of this machine: a private Postgres and Valkey, and the supervisor over them."""
