INSERT INTO customers (email)
SELECT format('customer-%s@example.com', number)
FROM generate_series(1, 100) AS number;
