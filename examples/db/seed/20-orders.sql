INSERT INTO orders (customer_id, total)
SELECT customers.id, number * 9.99
FROM customers, generate_series(1, 5) AS number;
