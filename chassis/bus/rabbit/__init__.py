"""The bus on RabbitMQ 3.10 to 4.x, by py-amqp."""
