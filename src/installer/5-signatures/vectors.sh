# A key and a signature over the line "airgo self-test: this line is signed" of each kind, made with the programs that make such
# signatures; nobody has the private keys. A program that can't tell this line from another one checks nothing here.

# write_vector KIND FILE: the key as FILE and the signature as FILE.signature, in the form in which kits have them. VECTOR_ID
# is the key's name where its program tells it.
write_vector() {
  VECTOR_ID=-
  case $1 in
  p256)
    vector_pem "$2" MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtGz2B7Fk9Ykki6tgA8vRUdlllCj4 \
      6ufQT6v6nfgOS5RfaAoiC66TPtYwl2tyoqqBO+dQKOqDqdCO0t/GIRXjEQ== &&
      vector_bytes "$2.signature" MEYCIQD2PZeLqLKYjTzT0zSwreq/9iorsCNLTV11IqpkkBXPDQIhAKlVA/YH7KdWp89mL7t8870pUPEwm8QtDFy5xVywnyJR
    ;;
  rsa)
    vector_pem "$2" MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAubJzQSu4HRZ4BFVWmMry \
      hioe+wm3HYaKqqnb+MQCnclYSSduq1vag2/TUXv0P+/VfnoLEFQvlOibFjzEr4Ll \
      mjmxxGUH2gxG0/idfRrcP46hGfCNxZJt0G9lUR85Aq4/zl2WkntDYHL6jpCJrW+l \
      FUH4TCfXlzwy1kTAuUnSCM2VZLq8sxlVRjuWbX6QYeM3Ep9BlIOQ0o52pT9UBDUG \
      23dzWVlknX/unYyvsNkWoeAQhiN1EOq163soiyC7YMfuNjv+Yf0U3iMQ+lQIKX4T \
      obCivj8lG1gDHRiBzCf8+jnsnbzXp+LMcK+OLVEJPHOko7+WpLmMjBUEUHzU+Zz7 \
      HwIDAQAB &&
      vector_bytes "$2.signature" Y+K39Ixpai29j4+tDk0l0oCPszVfyRmVYwfnW0ojNCkngd2p0AbOsns9+QcRbyV5GR3i+5ccuK6zCi6jcx3aAt1X+A5L6qRR/6hR \
      CvtKHw4imuqXuQx1c7LlsEeyD7dwdM2ImV02nK4WYlBKKbXgrZQuoSrlAtQY7W9O7wkxEQ3bb6VZvFkQwahGEABaaH///9HUYIDW \
      Sr/K6sK7hfa4qaPyDBg/869i6yb6kId6rlyAy+XLVEZb2hU9u2giPvge0wO3pMQBl/rJsdSJ4J39VQK8u3bKdoCxfcc9ZWJ7g47k \
      U9ZqWHL3IdGbQorf3smntjnNor0PqEW97wcKHoqp7g==
    ;;
  ed25519)
    vector_pem "$2" MCowBQYDK2VwAyEAAXao5PJ9aWgnxDwS0xMN8rxoaQCiN+VTGsDX3lql8zs= &&
      vector_bytes "$2.signature" t2uouHH3O3tV6xWP30EunXvM4MGKlmywp7yiJdNZBqTWn0J3wYveuBKUjsy2oEMLPxR3Ir8cqWHRwCC5wj+PDA==
    ;;
  sm2)
    vector_pem "$2" MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEBuJEgEKV3owChpQvPet1GWEJiMdz \
      pHqrr+yl8wgZ/27Ul2d1X8evFjVFFJfdLZGeeuW3BXW+uGxM5FgMcfdqXw== &&
      vector_bytes "$2.signature" MEQCIC/2hK6LNOKSMFdi8wUUSsHXpe1ElLpRZHLRzalfw2yyAiAmhdTZUXmJJ4QxI6EhDyD6rvArICjM3moj+eSnGPCO8g==
    ;;
  openpgp)
    VECTOR_ID=openpgp:A97072A8A616B45F1537740B0960C8FFB1AEFD29
    vector_bytes "$2" mDMEOk/IgBYJKwYBBAHaRw8BAQdAP3NRCbOav44x1ZhOYn/Typb8hDxushcbRxm+Kv9x0q+0D2FpcmdvIHNlbGYtdGVzdIiQBBMW \
      CAA4FiEEqXByqKYWtF8VN3QLCWDI/7Gu/SkFAjpPyIACGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQCWDI/7Gu/SnAxgEA \
      yKAOt7c7+R+ug+zXYh8orWRrvEU3opRQQ0k7Uqyj9qoA/2t5YcyV+JjmdgZjW9yxt4poeyzyt/Nb46Td7fnn5gYP &&
      vector_bytes "$2.signature" iHUEABYIAB0WIQSpcHKopha0XxU3dAsJYMj/sa79KQUCOk/IgQAKCRAJYMj/sa79KQgYAP9PILUIsaMJsJPN3E8gMghi0zWYVOEa \
      2zh0uVSzHphwPwD8DY3QBI/ciGZw76e5X1RzRlvfddFsd2qrnL0q/Zu2Rw4=
    ;;
  sshsig)
    printf '%s %s\n' ssh-ed25519 \
      AAAAC3NzaC1lZDI1NTE5AAAAIK6NDwHjEeWoxDuM7XMJGZq9C1ki6aKaCrfWxP8OYM5p >"$2" &&
      printf '%s\n' '-----BEGIN SSH SIGNATURE-----' \
      U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgro0PAeMR5ajEO4ztcwkZmr0LWS \
      LpopoKt9bE/w5gzmkAAAAJYWlyZ28ta2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1l \
      ZDI1NTE5AAAAQGIgo/sf3sPr2hvqtZ+zgtj4injKc38gWQVZv9isLX6HOTay4o2a+PhWI9 \
      0Xt+l+wODgQDDxIBpCKudQtXJZ8Qs= \
      '-----END SSH SIGNATURE-----' >"$2.signature"
    ;;
  minisign)
    printf '%s\n' 'untrusted comment: public key' \
      RWSZq9s/U/gZZzCELAmnw1/rs1r5j7ujmhzS6aMp3QHMA3FjKBzQIHRK >"$2" &&
      printf '%s\n' 'untrusted comment: airgo' \
        RWSZq9s/U/gZZ/NJ3mF0+jZDgfOAjn6e9TqvzaNhv/KGPMKVPFCkyP4fEjCjGccgf3Fimfwe1uS6qoMzdT7TzP5pVFvBkxrpPAI= \
        'trusted comment: airgo self-test' \
        +ZU+wJ+awQVHac19vzTax0kM+2Y6EzSK+OQTrMZKypoKA5mVnqKmaE50by+l+F004/PxJvyM5AXGqOgt5zA4CQ== >"$2.signature"
    ;;
  esac
}

# vector_pem FILE LINE...
vector_pem() {
  vector_file=$1
  shift
  printf '%s\n' '-----BEGIN PUBLIC KEY-----' "$@" '-----END PUBLIC KEY-----' >"$vector_file"
}

# vector_bytes FILE BASE64...
vector_bytes() {
  vector_file=$1
  shift
  printf '%s\n' "$@" | base64 -d >"$vector_file"
}

