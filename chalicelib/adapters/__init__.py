"""The world behind the ports: DynamoDB, SES, Lambda and SSM, and twins of them in memory."""
