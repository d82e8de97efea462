package com.example;

/** A price in cents. */
public record Price(long cents) {
  @Override
  public String toString() {
    return String.format("%d.%02d", cents / 100, cents % 100);
  }
}
