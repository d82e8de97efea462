<%@ page import="com.example.Price" %><p>Today: <%= new Price(1999) %></p>
