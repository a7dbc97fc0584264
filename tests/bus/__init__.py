"""The bus against one suite: the same promises on RabbitMQ and in one process."""
